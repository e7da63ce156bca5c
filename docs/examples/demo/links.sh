# Checks the relative links of the pages that $PAGES lists (default pages.txt) against tree.txt,
# the list of all files and folders. STRICT=yes: a dead one fails the task.
awk -v docs="$DOCS" -f "$SCRIPTS/links.awk" tree.txt "${PAGES:-pages.txt}" > links.$$
cat links.$$
links=$(sed -n 's/^\([0-9]*\) relative links.*/\1/p' links.$$)
dead=$(grep -c '^dead: ' links.$$ || true)
rm links.$$
if [ "${STRICT:-no}" = yes ] && [ "$dead" -gt 0 ]; then exit 1; fi
if [ "${STRICT:-no}" = no ]; then
  {
    echo "links=$links"
    echo "dead=$dead"
  } >> "$ERRAND_OUTPUT"
fi
