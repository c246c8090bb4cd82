"""Whether the machine itself stood still while a test ran.

Tests under load hold the mesh to limits of time: an endpoint that goes has a drain of seconds in which every caller must
have heard of it. A virtual machine that is paused for longer than that breaks such limits whatever the mesh does. The
watch is a thread that only sleeps; when it wakes up seconds late, nobody ran.
"""
import threading
import time

#: Seconds between two looks.
_TICK = 0.05


class StallWatch:
    def __init__(self):
        #: (wall time of its end, seconds), of each stall of half a second and more
        self.stalls: list = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        last = time.monotonic()
        while True:
            time.sleep(_TICK)
            now = time.monotonic()
            if now - last - _TICK >= 0.5:
                self.stalls.append((time.time(), now - last - _TICK))
            last = now

    def since(self, moment: float) -> float:
        """The longest one that ended after a wall time; 0.0 when there was none."""
        return max((seconds for end, seconds in self.stalls if end >= moment), default=0.0)
