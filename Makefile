# The one door. Each verb is a script of the same name in Scripts/.
#   make test ROOM=HTTPWire     one room and what it imports
#   make test ONLY=conformance  end-to-end tests whose name has this
.PHONY: help setup build build-release test lint format generate bench demo demo-canary docs clean

help:
	@echo "make setup | build | build-release | test [ROOM=Name] [ONLY=word] | lint | format | generate | bench | demo | demo-canary | docs"

setup:
	@Scripts/setup

build: setup
	@Scripts/build

build-release: setup
	@Scripts/build --release

test: setup
	@ROOM="$(ROOM)" ONLY="$(ONLY)" Scripts/test

lint:
	@Scripts/lint

format:
	@Scripts/format

generate: setup
	@Scripts/generate

bench: build-release
	@Benchmarks/run

demo: setup
	@Scripts/demo

demo-canary: setup
	@Scripts/demo-canary

docs:
	@Scripts/docs

clean:
	rm -rf .build .build-release
