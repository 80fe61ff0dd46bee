# Adds up closing lines "N passed, N failed, N skipped". To be sourced by bash.

sum_passed=0 sum_failed=0 sum_skipped=0

# Runs a command, shows its output, and adds the closing line to the sum. A command that ends
# without one is a failed case.
add_up() {
    local out=1 last
    last=$(mktemp)
    "$@" | tee "$last" && out=0
    if [[ $(tail -n 1 "$last") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
        sum_passed=$((sum_passed + BASH_REMATCH[1]))
        sum_failed=$((sum_failed + BASH_REMATCH[2]))
        sum_skipped=$((sum_skipped + BASH_REMATCH[3]))
    elif [ $out = 0 ]; then
        out=1
    fi
    if [ $out != 0 ] && [ "${BASH_REMATCH[2]:-0}" = 0 ]; then
        echo "broke off: $*"
        sum_failed=$((sum_failed + 1))
    fi
    rm -f "$last"
}

# Prints the sum; succeeds if nothing failed.
print_sum() {
    echo "$sum_passed passed, $sum_failed failed, $sum_skipped skipped"
    [ "$sum_failed" = 0 ]
}
