# What generate.py makes of the public headers. Its types are C's: the other modules give them types.
from typing import Any

ffi: Any
lib: Any
