"""Addresses: the app's, and Django admin's."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("canvas.web.urls")),
]
