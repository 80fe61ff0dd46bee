"""Records everything that is sent in a scenario, in order, to be shown when it fails."""

import threading
import time

KEEP = 1200  # bytes of one piece
ENTRIES = 600


class Transcript:
    def __init__(self):
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.entries = []

    def note(self, who, what, data=None):
        passed = time.monotonic() - self.began
        kept = None if data is None else (len(data), bytes(data[:KEEP]))
        with self.lock:
            self.entries.append((passed, who, what, kept))

    def __str__(self):
        lines = []
        for passed, who, what, kept in self.entries[-ENTRIES:]:
            lines.append(f"{passed:8.3f} {who} {what}")
            if kept:
                size, data = kept
                lines[-1] += f" {size} bytes"
                text = data.decode("latin-1").replace("\r\n", "\\r\\n\n")
                lines += ["         : " + part for part in text.splitlines()]
                if size > len(data):
                    lines.append("         : …")
        return "\n".join(lines)
