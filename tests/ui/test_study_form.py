"""The form for an encoder of one's own: what it asks for ends up in the study."""

import json

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")


def field(app, kind, label):
    return next(each for each in getattr(app, kind) if each.label == label)


def added(app):
    next(button for button in app.button if button.label == "Add encoder").click().run()
    return json.loads(app.query_params["study.own"])["encoders"]


def test_family_paradigm_and_recipe_of_ones_own(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    field(app, "selectbox", "timm architecture").set_value("resnet18")
    field(app, "text_input", "Family").set_value(" my nets ")
    field(app, "text_input", "Recipe").set_value("first")
    field(app, "selectbox", "Learnt from").set_value("contrastive")
    (item,) = added(app)
    assert (item["family"], item["recipe"], item["paradigm"]) == ("my nets", "first", "contrastive")
    assert not app.exception and "resnet18" in " ".join(m.value for m in app.markdown)


def test_what_is_left_out_is_not_written(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    field(app, "selectbox", "timm architecture").set_value("resnet18")
    (item,) = added(app)
    assert item == {"source": "timm", "architecture": "resnet18", "name": "resnet18"}


@pytest.fixture
def typed(monkeypatch):
    """Offer what a viewer might type: a test can choose only what is offered."""
    offered = ("resnet18", "resnet19", "resnet18.a1_in1k")
    monkeypatch.setattr("substrate.catalogue.architectures", lambda: offered)


def test_the_architectures_of_timm_are_offered(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    assert "mobilenetv2_100" in field(app, "selectbox", "timm architecture").options


def test_an_unknown_architecture_is_refused_when_it_is_added_with_near_names(
    open_page, tmp_path, typed
):
    app = open_page("study.py", tmp_path)
    field(app, "selectbox", "timm architecture").set_value("resnet19")
    next(button for button in app.button if button.label == "Add encoder").click().run()
    assert not app.exception
    assert app.query_params["study.own"] == ""
    assert "timm has no architecture" in app.error[0].value
    assert "resnet18" in app.error[0].value


def test_the_tag_of_weights_may_follow_the_architecture(open_page, tmp_path, typed):
    app = open_page("study.py", tmp_path)
    field(app, "selectbox", "timm architecture").set_value("resnet18.a1_in1k")
    (item,) = added(app)
    assert item["architecture"] == "resnet18.a1_in1k"
