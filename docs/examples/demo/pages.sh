# Lists every page into pages.txt of the run's workspace.
workspace=$PWD
cd "$DOCS"
find . -name '*.md' | sed 's|^\./||' | sort > "$workspace/pages.txt"
pages=$(($(wc -l < "$workspace/pages.txt")))
echo "$pages pages"
echo "pages=$pages" >> "$ERRAND_OUTPUT"
