# For contributors, in a virtual environment with: python -m pip install -e '.[test,lint,docs,bench]'

.PHONY: test lint docs bench

test:
	python -m pytest

lint:
	ruff check .
	ruff format --check .
	mypy

docs:
	python docs/generate.py
	sphinx-build -W --keep-going -a -b html docs docs/_build/html

bench:
	python -m pytest tests/benchmarks --benchmark-enable --benchmark-only
