"""The documented API as a small server on this machine, to try, teach and test with, without credentials.

>>> from querydsl import Hashtag, select
>>> from querydsl.sandbox import App, corpus, serve
>>> with serve(App(corpus(1_000))) as url:
...     print(select("id").where(Hashtag == "cat").on("2023-01-31").request().url(url))
"""

from .app import App
from .corpus import corpus
from .serving import serve

__all__ = ["App", "corpus", "serve"]
