"""A Flask application: a page with a variable in its path, a form, and a cookie."""

from flask import Flask, make_response, request

application = Flask(__name__)


@application.route("/hello/<name>")
def hello(name):
    return f"Hello {name}, you came to {request.script_root} and asked {request.args.get('q')}"


@application.route("/form", methods=["POST"])
def form():
    answer = make_response({"fields": request.form.to_dict(), "seen": request.cookies.get("seen")}, 201)
    answer.set_cookie("seen", "yes")
    return answer
