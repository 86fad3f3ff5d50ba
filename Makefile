# Two commands for a newcomer: make run, make test.
PYTHON ?= python3
BIN = .venv/bin
NODE_PROGRAMS = tests/node tests/identity_provider examples/javascript

.PHONY: run install test lint lock schema authorization audit bench-expiry
run: install
	@$(BIN)/python server.py

install: .venv/installed
.venv/installed: requirements/run.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	@touch $@

.venv/installed-for-tests: .venv/installed requirements/test.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/test.txt
	@touch $@

lint: .venv/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

test: lint .venv/bin/nginx $(NODE_PROGRAMS:%=%/node_modules/.installed)
	$(BIN)/python -m pytest -n 4  # twice the cores: tests wait for servers more than they compute

# What the tests and examples in JavaScript need, for the node of .venv, which is one of the tests' dependencies.
%/node_modules/.installed: %/package-lock.json | .venv/installed-for-tests
	$(BIN)/npm ci --prefix $* --silent --ignore-scripts --no-audit --no-fund
	@touch $@

# The machine's nginx for testing deploy/nginx.conf, or else Debian's or Ubuntu's, unpacked here without being root.
NGINX = .venv/nginx
APT = apt-get -qq -o APT::Sandbox::User=root -o Dir::State::Lists=$(CURDIR)/$(NGINX)/lists -o Dir::Cache=$(CURDIR)/$(NGINX)/cache
.venv/bin/nginx: | .venv/installed
	@mkdir -p $(NGINX)/lists/partial $(NGINX)/cache/archives/partial
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; command -v nginx > $(NGINX)/found || \
	  (cd $(NGINX) && $(APT) update && $(APT) download nginx && dpkg -x nginx_*.deb . && rm -rf lists cache nginx_*.deb && ls $$PWD/usr/sbin/nginx > found) || \
	  (echo "nginx is needed for the tests: install it, so that it is on the PATH." >&2; exit 1)
	@ln -sf "$$(cat $(NGINX)/found)" $@ && $@ -v

.venv/installed-for-audit: .venv/installed-for-tests requirements/audit.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/audit.txt
	@touch $@

# Asks PyPI for known vulnerabilities of all that is locked, and writes the bill of materials of what serves: needs the internet.
LOCKS = run tracing test audit
audit: .venv/installed-for-audit
	$(BIN)/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --output-reproducible --validate --output-file drawbridge.cdx.json
	$(BIN)/pip-audit --strict --progress-spinner off --require-hashes --disable-pip $(LOCKS:%=--requirement requirements/%.txt)

schema: install
	$(BIN)/python cli.py export-schema

# Who may do what, into docs/authorization.md.
authorization: .venv/installed-for-tests
	$(BIN)/python -m tests.support.authorization

# How punctually credentials expire: a minute and a quarter, into benchmarks/results/.
bench-expiry: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.expiry

# Resolves the dependencies anew, for every Python from 3.11 on.
RESOLVE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(UPGRADE) pyproject.toml
lock: UPGRADE = --upgrade
lock: .venv/installed-for-tests
	$(RESOLVE) --output-file requirements/run.txt
	$(RESOLVE) --extra tracing --constraint requirements/run.txt --output-file requirements/tracing.txt
	$(RESOLVE) --extra test --extra tracing --constraint requirements/tracing.txt --output-file requirements/test.txt
	$(RESOLVE) --extra audit --constraint requirements/test.txt --output-file requirements/audit.txt
