# A thin door for people; the build itself is Meson's. `make help` says what there is.
BUILD ?= build
CONFIG ?= bgpiped.yaml
PREFIX ?= /usr
DATA ?= ../shared/data
# Builds in other folders share what the compiler cache holds.
export CCACHE_BASEDIR = $(CURDIR)
export CCACHE_NOHASHDIR = 1

.PHONY: all help deps deps-check demo check check-data check-perf record-perf check-asan check-tsan fuzz lint tidy format bench install clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) product

help:
	@echo 'make            build bgpiped, bgpipectl and bgpipe into $(BUILD)/'
	@echo 'make demo       build, then show three pipelines at work on loopback; needs no root, no router'
	@echo 'make check      build, then run all tests: unit, fuzz corpus, lint, functional against real routers'
	@echo 'make check-data run the messages and archives of DATA (../shared/data) through bgpipe, and print a table'
	@echo 'make bench      print ratios against HAProxy and bgpdump'
	@echo 'make check-perf what a message costs in instructions, against what is recorded; record-perf records it'
	@echo 'make install    install the programs, the unit, man pages and examples (PREFIX, DESTDIR)'
	@echo 'make check-asan check-tsan   the tests under sanitizers, leaks included'
	@echo 'make fuzz       look for new inputs: ten CPU minutes a target, sixty for messages and MRT (needs clang++-19)'
	@echo 'make tidy format                         clang-tidy, clang-format'

deps:
	@packaging/install-deps build

deps-check:
	@packaging/install-deps build check

$(BUILD)/build.ninja: | deps
	@meson setup $(BUILD) --prefix=$(PREFIX) --sysconfdir=/etc --localstatedir=/var

demo: all
	@BGPIPED_BIN_DIR=$(BUILD) tests/demo/demo

check: deps-check all
	@tests/run $(BUILD)

check-data: deps-check all
	@/usr/bin/python3 tests/conformance/run.py --build $(BUILD) --data $(DATA)

check-asan: deps-check
	@tests/run-sanitized address,undefined build-asan

check-tsan: deps-check
	@tests/run-sanitized thread build-tsan

fuzz:
	@/usr/bin/python3 tests/fuzz/campaign.py

lint: all
	@meson test -C $(BUILD) --no-rebuild --suite lint --print-errorlogs

format:
	@git ls-files '*.hh' '*.cc' | xargs clang-format-19 -i

tidy: all
	@tests/lint/tidy $(BUILD)

bench: deps-check all
	@ninja -C $(BUILD) bench-ends
	@/usr/bin/python3 tests/bench/run.py --build $(BUILD)

check-perf: deps-check all
	@/usr/bin/python3 tests/bench/instructions.py --build $(BUILD)

record-perf: deps-check all
	@/usr/bin/python3 tests/bench/instructions.py --build $(BUILD) --record

install: all
	@meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf build build-asan build-tsan build-fuzz
