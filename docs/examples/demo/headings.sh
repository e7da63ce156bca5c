# Counts headings and code blocks.
headings=0
examples=0
while IFS= read -r page; do
  set -- $(awk '
    /^ *```/ { code = !code; if (code) blocks++; next }
    !code && /^#+ / { heads++ }
    END { print heads + 0, blocks + 0 }
  ' "$DOCS/$page")
  headings=$((headings + $1))
  examples=$((examples + $2))
done < pages.txt
echo "$headings headings, $examples code blocks"
{
  echo "headings=$headings"
  echo "examples=$examples"
} >> "$ERRAND_OUTPUT"
