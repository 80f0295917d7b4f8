#!/usr/bin/env bash
# The full recipe from photographs to a scored student, in jobs of ten minutes that go on from each other.
#
#   benchmarks/train_full.sh EG1800 PHOTOGRAPHS WORKSPACE [MINUTES] [RECIPE]
#
# EG1800 has human masks, a fifth of its people are held out; masks of PHOTOGRAPHS are made first. Every
# step can be killed: give the same command again. MINUTES (9) is what one job may take; with "once" behind
# RECIPE (full) the script ends after one job with exit code 1 while there is more to do, for a queue that
# starts it again.
set -euo pipefail
eg1800=$1 photographs=$2 workspace=$3 minutes=${4:-9} recipe=${5:-full} once=${6:-}
teachers=(selfie rvm rvm_fine)

if [ ! -e "$workspace/tables/splits.parquet" ]; then
    datatools teachers pull "${teachers[@]}"
    datatools ingest --workspace "$workspace" --source "$eg1800" --name eg1800
    datatools ingest --workspace "$workspace" --source "$photographs" --name photographs
    datatools landmarks --workspace "$workspace"
    datatools segment --workspace "$workspace" --teachers "${teachers[@]}"
    datatools refine --workspace "$workspace" --fusion learned
    datatools check --workspace "$workspace" --min-expected-iou 0.9
    datatools split --workspace "$workspace" --train-frac 0.7 --val-frac 0.1 --test-frac 0.2
fi
until datatools train --workspace "$workspace" --recipe "$recipe" --minutes "$minutes"; do
    code=$?
    [ "$code" -eq 1 ] && [ -z "$once" ] || exit "$code" # 1: not done yet
done
datatools evaluate --workspace "$workspace" --model student --split test
