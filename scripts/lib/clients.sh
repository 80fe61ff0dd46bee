# The packages of the client tests, as their lock file names them. To be sourced by bash.

install_clients() {
    local clients=tests/clients
    if [ "$clients/package-lock.json" -nt "$clients/node_modules/.package-lock.json" ]; then
        npm ci --prefix "$clients" --no-audit --no-fund
    fi
}
