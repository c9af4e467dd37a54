"""Static files with a hash in every name, ES modules included, so that browsers may keep them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class ModuleManifestStorage(ManifestStaticFilesStorage):
    """Django's own, with `import` and `export … from` rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
    # A test or a first page before collectstatic gets the plain name, not a server error.
    manifest_strict = False
