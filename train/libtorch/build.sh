#!/bin/sh
# Builds colorize-train for `--device libtorch` with the operations of this folder, against the PyTorch of the
# python3 in PATH: train/libtorch/build.sh. README.md here says what for.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
target=${CARGO_TARGET_DIR:-$root/target}
out=$target/libtorch
mkdir -p "$out"

torch=$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')
c++ -O3 -march=native -std=c++17 -shared -fPIC \
    "-I$torch/include" "-I$torch/include/torch/csrc/api/include" train/libtorch/operations.cpp \
    -o "$out/liboperations.so" "-L$torch/lib" -ltorch_cpu -lc10 "-Wl,-rpath,$torch/lib"

# Cargo writes down that the patched crates are not from the registry; the lock file is put back afterwards.
cp Cargo.lock "$out/Cargo.lock"
trap 'cp "$out/Cargo.lock" "$root/Cargo.lock"' EXIT
for crate in burn-tch burn-autodiff; do
    source=$(cargo metadata --format-version 1 --manifest-path train/Cargo.toml --features libtorch | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(*(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == sys.argv[1]))' "$crate")
    rm -rf "${out:?}/$crate"
    cp -r "$source" "$out/$crate"
    patch --quiet -d "$out/$crate" -p1 <"train/libtorch/$crate.patch"
done

export LIBTORCH_USE_PYTORCH=1 COLORIZE_OPERATIONS="$out" LD_LIBRARY_PATH="$torch/lib:$out"
cargo build --release -p colorize-train --features libtorch \
    --config "patch.crates-io.burn-tch.path='$out/burn-tch'" \
    --config "patch.crates-io.burn-autodiff.path='$out/burn-autodiff'" \
    --config 'profile.release.package.colorize-models.opt-level=2' \
    --config 'profile.release.package.colorize-train.opt-level=3'
echo "export LD_LIBRARY_PATH=$LD_LIBRARY_PATH OMP_WAIT_POLICY=passive COLORIZE_BF16=2"
echo "$target/release/colorize-train run RECIPE --device libtorch"
