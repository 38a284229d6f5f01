# What the benchmarks measure with, to be sourced.
now() { date +%s%N; }
median() { sort -n | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
# size TAG: the sum of the uncompressed layers of an image, in bytes
size() { docker history --human=false --format '{{.Size}}' "$1" | awk '{ sum += $1 } END { print sum }'; }
