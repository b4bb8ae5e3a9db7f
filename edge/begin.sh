#!/bin/sh
# Starts one command as the services of a release are started: with its environment, in its folder.
#
#   sh begin.sh ENVIRONMENT_FILE DIRECTORY -- ARGV...
#
# Secrets stand in the file and never in words, which every user of the machine can read.
fail() { printf '%s\n' "$2" >&2; exit "$1"; } # CODE TEXT

[ "$#" -ge 4 ] && [ "$3" = -- ] || fail 64 "usage: begin.sh ENVIRONMENT_FILE DIRECTORY -- ARGV..."
[ -r "$1" ] || fail 66 "$1 cannot be read: is this release placed here, and is it ours?"
[ -d "$2" ] || fail 66 "$2 is no folder: does the artifact hold what the descriptor calls directory?"
case $1 in */*) . "$1" ;; *) . "./$1" ;; esac # a bare name would be looked for in the PATH
CDPATH='' cd -- "$2" || fail 66 "$2 cannot be entered"
shift 3
exec "$@"
