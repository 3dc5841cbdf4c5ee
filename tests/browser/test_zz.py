import pytest
from tests.browser.conftest import *
from tests.support.pages import *
from tests.browser.test_csp import pages, TWO_FRAMES
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_z(page, watch, admin_user):
    walked=pages(admin_user)
    sign_in(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for a in walked:
        page.goto(a); page.evaluate(TWO_FRAMES)
        w=page.evaluate("document.documentElement.scrollWidth")
        if w>390: print(a,w, page.evaluate("[...document.querySelectorAll('body *')].filter(e=>e.getBoundingClientRect().right>395 && !e.closest('[class*=overflow]')).slice(0,3).map(e=>e.outerHTML.slice(0,120))"))
