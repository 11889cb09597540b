#!/bin/sh
# Runs one engine and ends it, with its whole process tree, when the supervisor's pipe (stdin) closes.
# usage: guard.sh PID_FILE SIGNAL COMMAND [ARGUMENT...]
#   a line "stop SECONDS" on stdin : SIGNAL now, KILL after SECONDS
#   end of file on stdin           : SIGNAL now, KILL after 5 seconds
# The exit status is the engine's own.
set -u
pid_file=$1
signal=$2
shift 2

pause() { sleep 0.05 2>/dev/null || sleep 1; }

# "pid:start-time" of a process and of everything below it; the start time tells a reused pid apart.
tree() {
    todo=$1
    while [ -n "$todo" ]; do
        next=
        for process in $todo; do
            born=$(born "$process") && [ -n "$born" ] && echo "$process:$born"
            next="$next $(cat /proc/"$process"/task/*/children 2>/dev/null)"
        done
        todo=$(printf '%s' "$next" | tr -s '\n ' '  ')
        [ "$todo" != ' ' ] || todo=
    done
}

born() {
    [ -r "/proc/$1/stat" ] && sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

kill_all() {
    for entry in $1; do
        process=${entry%%:*}
        [ "$(born "$process")" = "${entry#*:}" ] && kill -KILL "$process" 2>/dev/null
    done
    return 0
}

end_engine() {
    family=$(tree "$engine")
    kill -"$signal" "$engine" 2>/dev/null
    limit=$(($(date +%s) + $1))
    while kill -0 "$engine" 2>/dev/null; do
        if [ "$(date +%s)" -ge "$limit" ]; then
            family="$family $(tree "$engine")"
            kill -KILL "$engine" 2>/dev/null
            break
        fi
        pause
    done
    kill_all "$family"
}

exec 3<&0
# Signals of a terminal are for the supervisor; a handler, unlike an ignored signal, is not inherited by the engine.
trap : INT HUP TERM
rm -f "$pid_file" "$pid_file.ending"
# A shell starts its background commands deaf to INT, which PostgreSQL is stopped with.
if env --default-signal=INT true 2>/dev/null; then
    set -- env --default-signal=INT "$@"
fi
if command -v setsid >/dev/null 2>&1; then
    set -- setsid "$@"
fi
"$@" 3<&- </dev/null &
engine=$!
echo "$engine" >"$pid_file.part" && mv "$pid_file.part" "$pid_file"

(
    exec 4<&3 3<&-
    seconds=5
    read -r word count <&4 && [ "$word" = stop ] && seconds=$count
    : >"$pid_file.ending"
    end_engine "$seconds"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-

while :; do
    wait "$engine"
    status=$?
    kill -0 "$engine" 2>/dev/null || break
done
# A watcher that is ending the tree finishes; one that still reads is ended.
if [ -e "$pid_file.ending" ]; then
    wait "$watcher"
    rm -f "$pid_file.ending"
else
    kill -KILL "$watcher" 2>/dev/null
fi
rm -f "$pid_file"
exit "$status"
