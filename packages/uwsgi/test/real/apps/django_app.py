"""A Django project in one file: a page rendered from a template, and a form that it posts to itself."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

PAGE = """<title>{{ title }}</title>
{% for name, value in fields %}<li>{{ name }}: {{ value }}</li>
{% empty %}<form method="post" action="{% url 'page' %}"><input name="note"></form>
{% endfor %}"""

settings.configure(
    ALLOWED_HOSTS=["example.test"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this test",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"page.html": PAGE})]},
        }
    ],
)
django.setup()


@csrf_exempt
def page(request):
    fields = sorted(request.POST.items()) if request.method == "POST" else []
    return render(request, "page.html", {"title": f"Django for {request.get_host()}", "fields": fields})


urlpatterns = [path("page/", page, name="page")]
application = get_wsgi_application()
