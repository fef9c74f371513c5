import fnmatch
import time


class FakeRedis:
    """As much of a Redis client (of decoded responses) as the session store uses, in memory.

    `offset` moves its clock, in seconds.
    """

    def __init__(self):
        self.values = {}
        self.expiries = {}
        self.offset = 0

    def now(self):
        return time.time() + self.offset

    def _live(self, key):
        if key in self.expiries and self.expiries[key] <= self.now():
            self.delete(key)
        return key in self.values

    def get(self, key):
        return self.values[key] if self._live(key) else None

    def set(self, key, value, ex):
        self.values[key] = value
        self.expire(key, ex)

    def delete(self, *keys):
        for key in keys:
            self.values.pop(key, None)
            self.expiries.pop(key, None)

    def exists(self, key):
        return int(self._live(key))

    def expire(self, key, seconds):
        self.expiries[key] = self.now() + seconds

    def ttl(self, key):
        return round(self.expiries[key] - self.now()) if self._live(key) else -2

    def sadd(self, key, member):
        self.values.setdefault(key, set()).add(member)

    def srem(self, key, member):
        members = self.values.get(key, set())
        members.discard(member)
        if not members:
            self.delete(key)

    def smembers(self, key):
        return self.values[key] if self._live(key) else set()

    def scan_iter(self, match, count):
        return [key for key in list(self.values) if self._live(key) and fnmatch.fnmatch(key, match)]

    def pipeline(self):
        return FakePipeline(self)


class FakePipeline:
    def __init__(self, client):
        self.client = client
        self.calls = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.append((name, args, kwargs))

    def execute(self):
        return [getattr(self.client, name)(*args, **kwargs) for name, args, kwargs in self.calls]
