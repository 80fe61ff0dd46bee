# Installs the npm packages of the tests according to their lock files. To be sourced by bash.

install_clients() {
    local folder
    for folder in tests/clients tests/browser; do
        if [ "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ]; then
            npm ci --prefix "$folder" --no-audit --no-fund
        fi
    done
}
