#!/bin/sh
# Keeps what is about to be deployed, by version: azd and Flex Consumption keep no history to go back to.
set -eu
cd "$(dirname "$0")/../.."
. deploy/lib.sh

if [ ! -f dist/pipeline/VERSION ]; then
  say "Nothing was packaged here, so a package that was kept is deployed, and there is nothing to keep."
  exit 0
fi
version=$(cat dist/pipeline/VERSION)
archive=dist/pipeline-$version.zip
if [ -f "$archive" ]; then
  say "$archive is kept already."
  exit 0
fi
need dotnet "Install the .NET 10 SDK: https://dotnet.microsoft.com/download"
rm -f "$archive.new"
dotnet msbuild deploy/archive.proj -nologo -verbosity:quiet "-p:From=$PWD/dist/pipeline" "-p:To=$PWD/$archive.new" ||
  fail "dist/pipeline could not be archived; without an archive there would be no way back, so nothing is deployed."
mv "$archive.new" "$archive"
say "Kept as $archive. To go back to it later: azd deploy pipeline --from-package $archive"
