#!/bin/sh
# by_hand.sh VERSION COLOR FOLDER: a release goes live by a script, as careful people write one. It does what a deploy
# of ours does but for the watch: nobody is asked whether he may, and nothing is written down. Says when a step begins.
# FOLDER/words sets: python, repository, environment, site, preview, flags, blue, green, heartbeats.
set -eu
version=$1 color=$2 folder=$3
. "$folder/words"
if [ "$color" = green ]; then port=$green old=blue; else port=$blue old=green; fi
place=$folder/$version.$color
source=$place/source app=$place/app

step() { printf '%s %s\n' "$(date +%s.%N)" "$1"; }
begin() { # NAME WORDS...: in the background, with the environment of the site
    name=$1 && shift
    (cd "$app" && set -a && . "$environment" && exec setsid "$python" "$@") >>"$folder/$name.log" 2>&1 </dev/null &
    echo $! >"$folder/$name.pid"
}
end() { # NAME
    [ -e "$folder/$1.pid" ] || return 0
    kill -TERM "$(cat "$folder/$1.pid")" 2>/dev/null || true
    [ "$2" = later ] || while kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null; do sleep 0.05; done
    rm "$folder/$1.pid"
}
flag() { printf '%s\n' "$version" >"$flags/.$1" && sync "$flags/.$1" && mv "$flags/.$1" "$flags/$1" && sync "$flags"; }

step checkout
rm -rf "$place" && mkdir -p "$source" "$app" "$flags"
git --git-dir "$repository" archive "$version" | tar -x -C "$source"
step build
(cd "$source" && python3 -m compileall -q . && python3 -m unittest discover 2>"$folder/build.log")
step unpack
tar -czf "$place/artifact" -C "$source" .
tar -xzf "$place/artifact" -C "$app"
step migrate
(cd "$app" && set -a && . "$environment" && "$python" -m crm.migrate >>"$folder/migrate.log")
step start
begin "web-$color" -m crm.web --port "$port" --color "$color"
step boot
until curl -fs "http://127.0.0.1:$port/health" >/dev/null; do sleep 0.2; done
step warm-up
curl -fs "http://127.0.0.1:$port/" >/dev/null
step smoke
curl -fs -H "X-Mainstay-Color: $color" "$preview/customers" | grep -q Customers
step switch
flag "$color.on"
[ "$color" = green ] || { rm -f "$flags/green.on" && sync "$flags"; }
step check
for _ in 1 2 3; do curl -s -o "$folder/page" -D - "$site/" | grep -qi "^X-Mainstay-Shows: $color"; done
step pause
sleep 2.6
step worker
end "worker-$old" now
begin "worker-$color" -m crm.worker --color "$color" --heartbeat "$heartbeats-$color.alive"
step stop
end "web-$old" later
step end
