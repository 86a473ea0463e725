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


def test_an_unknown_architecture_is_refused_when_it_is_added_with_near_names(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    assert "resnet18" in field(app, "selectbox", "timm architecture").options
    field(app, "selectbox", "timm architecture").set_value("resnet19")
    next(button for button in app.button if button.label == "Add encoder").click().run()
    assert not app.exception
    assert not json.loads(app.query_params.get("study.own") or '{"encoders": []}')["encoders"]
    said = app.error[0].value
    assert "timm has no architecture 'resnet19'" in said.replace("\\", "")
    assert "resnet18" in said


def test_the_tag_of_weights_may_follow_the_architecture(open_page, tmp_path):
    app = open_page("study.py", tmp_path)
    field(app, "selectbox", "timm architecture").set_value("resnet18.a1_in1k")
    (item,) = added(app)
    assert item["architecture"] == "resnet18.a1_in1k"
