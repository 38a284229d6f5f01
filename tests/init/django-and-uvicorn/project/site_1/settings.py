SECRET_KEY = "only for tests"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = []
ROOT_URLCONF = "site_1.urls"
WSGI_APPLICATION = "site_1.wsgi.application"
