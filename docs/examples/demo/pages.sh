# Lists every page into pages.txt of the run's workspace, and every file and folder into tree.txt.
workspace=$PWD
cd "$DOCS"
find . \( -name node_modules -o -name '.?*' \) -prune -o -print | sed 's|^\./||' | sort \
  > "$workspace/tree.txt"
# a copy of the pages alone brings the list of all files with it
if [ -e tree.txt ]; then sort tree.txt > "$workspace/tree.txt"; fi
grep '\.md$' "$workspace/tree.txt" > "$workspace/pages.txt"
pages=$(($(wc -l < "$workspace/pages.txt")))
echo "$pages pages"
echo "pages=$pages" >> "$ERRAND_OUTPUT"
