"""Build portrait-segmentation data sets and audit them for bias.

Every command-line verb is a documented Python call: ``datatools.stages.NAME.run(workspace, settings,
progress)``, with ``datatools.workspace.Workspace`` and ``datatools.progress.Progress``. Importing this
package loads nothing else: a script that needs one part pays for that part alone.
"""

import os

# Arrow's own allocator takes memory in pages of 2 MiB: the buffers of a small table, some tens of MiB.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

__version__ = "0.1.0"
