"""Which panels and operators does FiftyOne's App get? The plug-in of its own kind that it loads.

FiftyOne finds it by ``fiftyone.yml``, through the stub that ``datatools browse --install-plugin`` leaves in
its folder of plug-ins, and calls ``register``, once for every request. Each module here registers its own;
all act on the workspace that the open data set says it was made from, never on a path that a browser sends.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiftyone.plugins.context import PluginContext


def register(plugin: "PluginContext") -> None:
    """Register every panel and operator; each must be named in fiftyone.yml as well."""
    # Imported here: whoever reads the package's files must not need fiftyone.
    from datatools.browse.plugin import annotate, audit_panel, composition_panel, operators, review

    for part in (audit_panel, composition_panel, operators, review, annotate):
        part.register(plugin)
