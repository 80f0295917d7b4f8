"""What does a stage look like? Each verb is one module: ``Settings`` and ``run``.

``run(workspace, settings, progress)`` reads tables, writes tables and a run record, and returns a
``StageResult``. Stages never import each other; they meet on disk.
"""
