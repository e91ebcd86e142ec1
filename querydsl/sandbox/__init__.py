"""The documented API on this machine, over made-up videos: to try, to teach and to test with, without credentials.

`corpus` makes the videos from `words`; `searches` remembers the searches of clients; `faults` describes failures; `app`
is the API; `responses` has its answers, and `server` serves it on a port.

>>> import json, urllib.request
>>> from querydsl import Hashtag, select
>>> from querydsl.sandbox import App, corpus, serve
>>> request = select("username").where(Hashtag == "cat").between("2023-01-01", "2023-01-31").max_count(2).request()
>>> headers = {"Authorization": "Bearer any", "Content-Type": "application/json"}
>>> with serve(App(corpus(1_000))) as url:
...     call = urllib.request.Request(request.url(url), request.to_json().encode(), headers)
...     with urllib.request.urlopen(call) as answer:
...         print(json.load(answer)["data"]["videos"])
[{'username': 'coach.dr1507'}, {'username': 'gamerchef3401'}]
"""

from .app import App
from .corpus import corpus
from .faults import Fault
from .server import serve

__all__ = ["App", "Fault", "corpus", "serve"]
