#!/bin/sh
# Publishes the program into dist/pipeline, as the Functions host wants it. The custom runtime brings no .NET, so the program does.
set -eu
cd "$(dirname "$0")/../.."
. deploy/lib.sh

case $(uname -s) in
  Linux | Darwin) ;;
  *) fail "Package on Linux, macOS or WSL: elsewhere the program loses its executable bit, and the host can't start it." ;;
esac
need dotnet "Install the .NET 10 SDK: https://dotnet.microsoft.com/download"

# A version names one content: what is not committed is part of the name.
version=$(dotnet msbuild functions/functions.csproj -getProperty:Version)
if commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
  version=$version-$commit
  if [ -n "$(git status --porcelain)" ]; then
    changes=$({ git diff HEAD && git ls-files --others --exclude-standard -z | xargs -0 cat; } | git hash-object --stdin | cut -c 1-8)
    version=$version-changed-$changes
  fi
else
  version=$version-$(date -u +%Y%m%d%H%M%S)
fi

rm -rf dist/pipeline.new
mkdir -p dist
dotnet publish functions/functions.csproj --configuration Release --runtime linux-x64 --self-contained true --output dist/pipeline.new -p:DebugType=embedded ||
  fail "The program could not be published; the reason stands above. dist/pipeline is as it was."

[ -f dist/pipeline.new/pipeline ] || fail "dotnet publish made no program named pipeline."
chmod 755 dist/pipeline.new/pipeline
[ -f dist/pipeline.new/host.json ] || fail "host.json is not in the published folder, so the host would find no functions."
for file in functions/*/function.json; do
  folder=$(basename "$(dirname "$file")")
  [ -f "dist/pipeline.new/$folder/function.json" ] || fail "$folder/function.json is not in the published folder, so the host would not know that function."
done
printf '%s\n' "$version" >dist/pipeline.new/VERSION

rm -rf dist/pipeline
mv dist/pipeline.new dist/pipeline
say "Packaged $version in dist/pipeline."
