#!/usr/bin/env bash
# Times internal/num/glasso and R's glasso on the same tables, in turns, all six
# penalties, one thread each: bench/glasso.sh [HOSTS] [ROUNDS]. HOSTS is 300 or
# 1000 (R then takes half an hour or more). Needs R with the package glasso.
set -eu
hosts=${1:-1000} rounds=${2:-1}
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/glasso.test" ./internal/num/glasso
cat >"$dir/time.R" <<'R'
library(glasso)
file <- commandArgs(TRUE)[1]
x <- as.matrix(read.csv(file, header = FALSE))
x[x == 0] <- 0.1
x <- log(x)
s <- var(x) * (nrow(x) - 1) / nrow(x)
used <- 0
for (rho in c(0.4, 0.5, 0.6, 0.7, 0.8, 0.9)) {
  t <- system.time(g <- glasso(s, rho))
  used <- used + t[["user.self"]]
  cat(sprintf("  R rho %.1f: %7.2f s CPU, %d edges\n", rho, t[["user.self"]], sum(g$wi[upper.tri(g$wi)] != 0)))
}
cat(sprintf("  R all: %.2f s CPU\n", used))
R
uptime
for round in $(seq "$rounds"); do
  for kind in quiet sync; do
    echo "round $round, $kind, $hosts hosts"
    TIMEFORMAT="  Go all, tables and process included: %U s CPU"
    time (cd internal/num/glasso && GOMAXPROCS=1 "$dir/glasso.test" -test.run '^$' -test.bench "Path/$kind-$hosts\$" \
      -test.benchtime 1x -tables "$dir" | grep ^Benchmark)
    OMP_NUM_THREADS=1 Rscript "$dir/time.R" "$dir/$kind-$hosts.csv"
  done
done
uptime
