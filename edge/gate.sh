#!/bin/sh
# The gate: the one way to change anything of one environment on this host.
#
#   gate.sh STATE_DIR EPOCH CHANGE DEADLINE_SECONDS VERB ...
#     see                           what stands here; takes no lock, changes nothing
#     claim                         EPOCH is CHANGE's from now on, and every other one is refused
#     act -- ARGV...                run it, for DEADLINE_SECONDS at most
#     mark WORD                     record a verdict where it survives the store
#     live COLOR                    what is started after a boot
#     flag DIRECTORY set NAME TEXT  one file, whole and on the disk
#     flag DIRECTORY clear NAME
#
# Answers lines "key value"; "| text" is what the act said. Exits 0 done, 2 not understood, 3 refused: another
# has the turn, 4 deadline, 5 the act failed, 6 busy: the lock was not free in time, 7 this host cannot be trusted.
#
# Only the gate and the timeout(1) above an act hold the lock: an act that outlives its killed gate keeps everybody
# out until it ends or its deadline passes, while a daemon that an act starts keeps nobody out. What is to be ended
# is known by pid *and* start time, by a mark in its environment, or by our lock in its hands: never by a number.
# POSIX sh (dash, ash) on Linux; needs flock, timeout, sync FILE, grep -z, awk.
set -uf
mask=$(umask) # of the acts; what the gate keeps is nobody else's
umask 077

# What was given to us or read from a file goes through printf: echo would take a backslash in it for a command.
fail() { printf 'error %s\n' "$2"; exit "$1"; } # CODE TEXT
up_seconds() { read -r up _ </proc/uptime && echo "${up%.*}"; } # no change of the clock bends them
plain() { case $1 in '' | .* | *[!A-Za-z0-9._-]*) false ;; esac } # a name that leads nowhere else
number() { case $1 in '' | *[!0-9]*) false ;; esac }

stat_field() { # PID N, counted behind the name, which may hold anything
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
    set -- "$2" ${line##*) }
    shift "$1" && echo "$1"
}

first_line() { { IFS= read -r line || [ -n "$line" ]; } <"$1" && printf '%s' "$line"; } # FILE; starts no process

keep() { # DIRECTORY NAME TEXT: whole or not at all, and on the disk
    printf '%s\n' "$3" >"$1/.$2.new" && sync "$1/.$2.new" && mv -f "$1/.$2.new" "$1/$2" && sync "$1" ||
        fail 7 "cannot write $1/$2: is the disk full or read-only?"
}

keep_acting() { # TEXT: whole or not at all, and not on the disk: after a reboot nobody acts, whatever stands there
    printf '%s\n' "$1" >"$state/.acting.new" && mv -f "$state/.acting.new" "$state/acting" ||
        fail 7 "cannot write $state/acting: is the disk full or read-only?"
}

drop() { # DIRECTORY NAME
    rm -f "$1/$2" && sync "$1" || fail 7 "cannot remove $1/$2: is the disk read-only?"
}

note() { # EPOCH CHANGE RESULT WORDS...: one line behind the others
    said=$*
    case $said in *[[:cntrl:]]*) said=$(printf '%s' "$said" | tr -s '\n\r\t ' ' ') ;; esac
    [ -z "$(tail -c 1 "$state/log" 2>/dev/null)" ] || echo >>"$state/log" # a torn line of an earlier death
    printf '%s %.300s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$said" >>"$state/log" && sync "$state/log" ||
        fail 7 "cannot write $state/log: is the disk full or read-only?"
}

shorten() { # the log, once it is a megabyte: what is still open is among its newest lines
    [ -e "$state/log" ] && [ "$(wc -c <"$state/log")" -gt 1000000 ] || return 0
    tail -n 2000 "$state/log" >"$state/.log.new" && sync "$state/.log.new" && mv -f "$state/.log.new" "$state/log"
}

read_epoch() {
    host_epoch=0 host_holder=-
    [ ! -e "$state/epoch" ] || read -r host_epoch host_holder <"$state/epoch"
    number "$host_epoch" || fail 7 "$state/epoch is unreadable: a person must look"
}

read_acting() { # false: nobody acts here, or did before the last boot
    [ -e "$state/acting" ] || return 1
    read -r a_boot a_gate a_start a_group a_until a_epoch a_change <"$state/acting" && [ "$a_boot" = "$boot" ]
}

leftovers() { # of the recorded act, in its group: a daemon that left the group is what the act was for
    for environ in $(set +f && grep -lzxF "MAINSTAY_ACT=$a_boot.$a_gate.$a_start" /proc/[0-9]*/environ 2>/dev/null); do
        pid=${environ#/proc/} pid=${pid%/environ}
        [ "$(stat_field "$pid" 3)" != "$a_group" ] || echo "$pid"
    done
}

end_leftovers() {
    for try in 1 2 3 4 5 6 7 8 9; do
        left=$(leftovers)
        [ -n "$left" ] || return 0
        kill -KILL $left 2>/dev/null
        sleep 0.1
    done
    fail 6 "the act of epoch $a_epoch cannot be ended: processes $left"
}

end_stopped() { # gates that got the lock and were stopped before they could say so: nobody else has it open as 9
    for fd in $(set +f && echo /proc/[0-9]*/fd/9); do
        pid=${fd#/proc/} pid=${pid%/fd/9}
        [ "$fd" -ef "$state/lock" ] && [ "$(stat_field "$pid" 1)" = T ] && kill -KILL "$pid" 2>/dev/null
    done
}

end_overdue() { # whoever holds the lock past the deadline it gave itself
    if read_acting; then
        [ "$(up_seconds)" -gt "$a_until" ] || return
        [ "$(stat_field "$a_gate" 20)" != "$a_start" ] || kill -KILL "$a_gate" 2>/dev/null
        end_leftovers
    fi
    end_stopped
}

acting() { # an act ends by its deadline at the latest; who else keeps the lock, nobody knows for how long
    printf 'acting %s %s until %s s from now\n' "$a_epoch" "$a_change" "$((a_until - $(up_seconds)))"
}

busy() {
    read_acting && [ "$(up_seconds)" -le "$((a_until + 2))" ] || fail 6 "somebody who is no gate keeps $state/lock: fuser $state/lock"
    acting
    fail 6 "another acts here: $a_change of epoch $a_epoch, for $((a_until - $(up_seconds))) s more at most"
}

take_lock() {
    export MAINSTAY_ACT="$boot.$$.$(stat_field $$ 20)" # whatever this gate starts can be known by it
    exec 9>>"$state/lock" && waited=0
    until flock -w 1 9; do
        [ $? -eq 1 ] || fail 7 "cannot lock $state/lock: this file system has no locks"
        end_overdue
        waited=$((waited + 1))
        [ "$waited" -le "$deadline" ] || busy
    done
    if read_acting; then # its gate was killed, or we would not have the lock
        end_leftovers
        case "$(tail -n 1 "$state/log" 2>/dev/null)" in *" begin "*) note "$a_epoch" "$a_change" unseen ;; esac
    fi
    me="$boot $$ $(stat_field $$ 20) $(stat_field $$ 3)"
    keep_acting "$me $(($(up_seconds) + deadline + 2)) $epoch $change"
}

enter() { # a claimed epoch belongs to one holder: another with the same number comes from another store
    read_epoch
    if [ "$verb" = claim ] && [ "$epoch" -gt "$host_epoch" ]; then
        shorten
        keep "$state" epoch "$epoch $change"
    elif [ "$epoch" -ne "$host_epoch" ] || { [ "$verb" = claim ] && [ "$change" != "$host_holder" ]; }; then
        note "$epoch" "$change" refused "$verb" "$@"
        leave 3 "refused: epoch $epoch of $change; here $host_holder has claimed epoch $host_epoch; nothing was changed"
    fi
}

leave() { # CODE [TEXT]
    rm -f "$state/acting" || fail 7 "cannot remove $state/acting: is the disk read-only?"
    [ "$#" -eq 1 ] || printf 'error %s\n' "$2"
    answer
    exit "$1"
}

answer() {
    read_epoch
    printf 'epoch %s\nholder %s\n' "$host_epoch" "$host_holder"
    [ ! -e "$state/live" ] || printf 'live %s\n' "$(first_line "$state/live")"
    [ ! -e "$state/flags" ] || (set +f && cd "$(first_line "$state/flags")" 2>/dev/null &&
        for flag in *; do [ ! -f "$flag" ] || printf 'flag %s %s\n' "$flag" "$(first_line "$flag")"; done)
    ! read_acting || acting
    [ ! -e "$state/log" ] || awk -v change="$change" '
        $3 "" == change && $4 == "begin" { acts++ }
        $3 "" == change && $4 == "done" && $5 == "mark" { print "mark " $6 }
        { last = $0 }
        END { print "acts " acts + 0; if (last != "") print "last " last }' "$state/log"
}

act() {
    note "$epoch" "$change" begin act "$@"
    rm -f "$state/output" && dies=
    ! command -v setpriv >/dev/null || dies="setpriv --pdeathsig KILL --" # the act ends with its gate
    begun=$(up_seconds)
    $dies timeout --foreground -s KILL "$deadline" \
        $dies sh -c 'umask "$0"; exec "$@" 9>&-' "$mask" "$@" >"$state/output" 2>&1
    code=$?
    tail -c 8000 "$state/output" | sed 's/^/| /' && echo
    rm -f "$state/output" # whoever asked hides what is secret in it; here it would stay as it was said
    [ "$code" -ne 0 ] || { note "$epoch" "$change" "done" act && return; }
    read_acting && end_leftovers
    if [ "$code" -eq 137 ] && [ $(($(up_seconds) - begun)) -ge "$deadline" ]; then
        note "$epoch" "$change" deadline act
        leave 4 "the act did not end within $deadline s and was ended; nobody knows how far it came"
    fi
    note "$epoch" "$change" "exit:$code" act
    echo "code $code"
    leave 5 "the act ended with exit $code"
}

flag() { # DIRECTORY set NAME TEXT | DIRECTORY clear NAME
    note "$epoch" "$change" begin flag "$@"
    [ -e "$state/flags" ] && [ "$(first_line "$state/flags")" = "$1" ] || keep "$state" flags "$1"
    (
        umask 022 # a proxy under another user reads them
        [ -d "$1" ] || mkdir -p "$1" || fail 7 "cannot make $1"
        case $2 in set) keep "$1" "$3" "$4" ;; clear) drop "$1" "$3" ;; esac
    ) || leave 7
    note "$epoch" "$change" "done" flag "$2" "$3"
}

understood() {
    case $verb in
    see | claim) [ "$#" -eq 0 ] ;;
    act) [ "$#" -ge 2 ] && [ "$1" = -- ] ;;
    mark | live) [ "$#" -eq 1 ] && plain "$1" ;;
    flag) case "$#${2-}" in 4set | 3clear) plain "$3" ;; *) false ;; esac ;;
    *) false ;;
    esac && plain "$change" && number "$epoch" && number "$deadline" && { [ "$epoch" -gt 0 ] || [ "$verb" = see ]; }
}

[ "$#" -ge 5 ] || fail 2 "usage: gate.sh STATE_DIR EPOCH CHANGE DEADLINE_SECONDS VERB ..."
state=$1 epoch=$2 change=$3 deadline=$4 verb=$5
shift 5
understood "$@" || fail 2 "not understood: epoch $epoch, change $change, deadline $deadline, verb $verb, $# words"
for tool in flock timeout sync awk grep; do
    command -v $tool >/dev/null || fail 7 "$tool is missing on this host: install util-linux, coreutils, grep and awk"
done
read -r boot </proc/sys/kernel/random/boot_id
[ "$verb" != see ] || { answer; exit; }
[ -d "$state" ] || mkdir -p "$state" || fail 7 "cannot make $state"
take_lock
enter "$@"
case $verb in
act) shift && act "$@" ;;
flag) flag "$@" ;;
live) note "$epoch" "$change" begin live "$1" && keep "$state" live "$1" && note "$epoch" "$change" "done" live "$1" ;;
*) note "$epoch" "$change" "done" "$verb" "$@" ;;
esac
leave 0
