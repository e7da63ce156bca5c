# Counts the words of every page, and names the longest.
total=0
most=0
longest=
while IFS= read -r page; do
  words=$(($(wc -w < "$DOCS/$page")))
  total=$((total + words))
  if [ "$words" -gt "$most" ]; then
    most=$words
    longest=$page
  fi
done < pages.txt
echo "$total words; the most in $longest: $most"
{
  echo "words=$total"
  echo "longest=$longest"
} >> "$ERRAND_OUTPUT"
