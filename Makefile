# The commands of this project; each installs the Debian packages it needs. HACKING.md explains them.
.PHONY: run test soak interop scan build dev bench fuzz tidy mutants clean

build:
	@tools/packages build
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target programs

run: build
	@tools/run

test:
	@tools/packages test
	@cmake --preset release >/dev/null
	@cmake --build --preset release
	@ctest --preset release

# Minutes to an hour: 300 kills under load, 4 GiB up and down (8 GiB of space below /tmp), and how long refusals take.
soak: build
	@cmake --build --preset release --target allocation_sign_on
	@build/release/tests/allocation/allocation_sign_on vectors/ssh_key 1
	@BULKHEAD_BIN=build/release/bin python3 -B tests/soak_kill.py
	@BULKHEAD_BIN=build/release/bin python3 -B tests/big_transfer.py
	@BULKHEAD_BIN=build/release/bin python3 -B tests/test_timing.py --samples 2000

# Foreign SSH clients against the real server; writes docs/interop.md. INTEROP=--full: 5 GiB and 100,000 entries, an hour or more.
interop: build
	@tools/packages interop
	@BULKHEAD_BIN=build/release/bin tests/interop/run $(INTEROP)

# Foreign scanners (sqlmap, wapiti, ffuf): findings must be none. SCAN="--sample 8": some operations only; all of them take hours.
scan: build
	@tools/packages scan
	@cmake --build --preset release --target mutant_text_becomes_sql
	@BULKHEAD_BIN=build/release/bin tests/scanners/run $(SCAN)

# Address and undefined-behaviour sanitizers over every unit test; the sandbox is compiled out.
dev:
	@tools/packages lint
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	@ctest --preset dev -L fast

# Each breach mutant must fail its test.
mutants:
	@tools/packages test
	@cmake --preset mutants >/dev/null
	@cmake --build --preset mutants
	@tests/mutants/run build/mutants

bench: build
	@tools/packages bench
	@cmake --build --preset release --target bench_client
	@bench/run

fuzz:
	@tools/packages lint
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz
	@tools/fuzz

tidy:
	@tools/packages lint
	@cmake --preset tidy >/dev/null
	@cmake --build --preset tidy

clean:
	rm -rf build
