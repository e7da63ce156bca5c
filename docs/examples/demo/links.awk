# awk -v docs=FOLDER -f links.awk tree.txt pages.txt
# Prints a line `dead: PAGE:LINE: TARGET` for each relative link whose target is not in tree.txt.

FNR == NR { known[$0] = 1; next }
{ read_page($0) }
END { printf "%d relative links, %d dead\n", links, dead }

function read_page(page,    line, number, code) {
  while ((getline line < (docs "/" page)) > 0) {
    number++
    if (line ~ /^ *```/) code = !code
    else if (!code) read_line(page, number, line)
  }
  close(docs "/" page)
}

function read_line(page, number, line,    target) {
  gsub(/`[^`]*`/, "", line)
  while (match(line, /\]\([^() ]+/)) {
    target = substr(line, RSTART + 2, RLENGTH - 2)
    line = substr(line, RSTART + RLENGTH)
    if (target ~ /^([a-z]+:|#|\/)/) continue
    sub(/[#?].*/, "", target)
    links++
    if (!(resolve(page, target) in known)) {
      dead++
      printf "dead: %s:%d: %s\n", page, number, target
    }
  }
}

# The path of a target as seen from the root, without `.`, `..` and a final slash.
function resolve(page, target,    parts, count, i, kept, path) {
  sub(/[^\/]*$/, "", page)
  count = split(page target, parts, "/")
  for (i = 1; i <= count; i++) {
    if (parts[i] == "" || parts[i] == ".") continue
    if (parts[i] == "..") { if (kept > 0) kept--; continue }
    stack[++kept] = parts[i]
  }
  path = "."
  for (i = 1; i <= kept; i++) path = (i == 1 ? "" : path "/") stack[i]
  return path
}
