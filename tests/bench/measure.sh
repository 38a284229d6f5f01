# What the benchmarks measure with, to be sourced.
now() { date +%s%N; }
median() { sort -n | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
# size TAG: the sum of the uncompressed layers of an image, in bytes
size() { docker history --human=false --format '{{.Size}}' "$1" | awk '{ sum += $1 } END { print sum }'; }
# fresh_caches WORD: reads a Dockerfile and writes it with caches that no build has had before, if WORD is new. A mount
# without an id has its target for one.
fresh_caches() {
    sed -E -e 's/--mount=type=cache/--mount=CACHE/g' \
        -e "s|--mount=CACHE([^ ]*,id=[^, ]+)|--mount=type=cache\1-bench-$1|g" \
        -e "s|--mount=CACHE([^ ]*,target=)([^, ]+)|--mount=type=cache,id=\2-bench-$1\1\2|g"
}
