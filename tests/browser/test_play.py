"""Playing in real browsers against a real server with production's static files."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
AT = "/b/{}/#x=14&y=11&z=20"  # a link selects its cell: the tests place beside it


def test_two_browsers_see_each_others_pixel(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one, two = visitors(server.base), visitors(server.base)
    one.visit(AT.format(slug))
    two.visit(AT.format(slug))
    one.place(10, 10, 7)
    two.sees(10, 10, 7)
    two.place(11, 10, 5)
    one.sees(11, 10, 5)
    assert one.cell(10, 10) == 7


def test_a_restart_of_the_server_in_between_loses_nothing_and_reloads_no_page(play, slug, visitors):
    play.board(slug, width=40, height=30, cooldown=0)
    server = play.start()
    one, two = visitors(server.base), visitors(server.base)
    one.visit(AT.format(slug))
    two.visit(AT.format(slug))
    two.page.evaluate("window.sameDocument = true")
    one.place(10, 10, 7)
    two.sees(10, 10, 7)
    server.kill()
    two.connection("reconnecting")
    port = server.port
    play.start(port)
    one.connection("live", 40)
    two.connection("live", 40)
    one.place(12, 12, 9)
    two.sees(12, 12, 9)
    assert two.cell(10, 10) == 7
    assert two.page.evaluate("window.sameDocument") is True


def test_a_pixel_placed_while_the_server_is_away_arrives_once_when_it_is_back(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one, two = visitors(server.base), visitors(server.base)
    one.visit(AT.format(slug))
    two.visit(AT.format(slug))
    # Frozen, the server takes the placement into its socket's buffer and dies with it there.
    server.signal(19)
    one.place(10, 10, 7)
    one.page.wait_for_function("() => window.placesite.state().pending !== null")
    server.kill()
    play.start(server.port)
    two.connection("live", 40)
    two.sees(10, 10, 7, 30)
    assert two.page.evaluate(f"fetch('/api/boards/{slug}').then(r => r.json()).then(b => b.seq)") == 1


def test_a_refused_pixel_vanishes_and_the_page_says_why(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one = visitors(server.base)
    page = one.visit(AT.format(slug))
    play.manage(
        "shell", "-c", f"from canvas.models import Board; Board.objects.filter(slug='{slug}').update(state='frozen')"
    )
    one.place(10, 10, 7)
    page.wait_for_selector("#toast:not([hidden])")
    assert "frozen" in page.locator("#toast").inner_text()
    page.wait_for_function("() => window.placesite.state().pending === null")
    assert one.cell(10, 10) == 0


def test_the_cooldown_counts_down_after_placing(play, slug, visitors):
    play.board(slug, width=40, height=30, cooldown=300)
    server = play.start()
    one = visitors(server.base)
    page = one.visit(AT.format(slug))
    one.place(10, 10, 7)
    one.sees(10, 10, 7)
    page.wait_for_function("() => /^[45]:[0-5][0-9]$/.test(document.querySelector('#cooldown').innerText.trim())")
    first = page.locator("#cooldown").inner_text()
    page.wait_for_function("(first) => document.querySelector('#cooldown').innerText !== first", arg=first)
    assert page.locator("#place").get_attribute("aria-disabled") == "true"


def test_a_clock_that_is_hours_wrong_shows_the_same_cooldown(play, slug, visitors):
    play.board(slug, width=40, height=30, cooldown=300)
    server = play.start()
    one = visitors(server.base)
    one.page.add_init_script("{ const now = Date.now; Date.now = () => now() + 5 * 3600 * 1000; }")
    page = one.visit(AT.format(slug))
    one.place(10, 10, 7)
    page.wait_for_function("() => /^[45]:[0-5][0-9]$/.test(document.querySelector('#cooldown').innerText.trim())")
    page.reload()
    one.connection("live")
    page.wait_for_function("() => /^[45]:[0-5][0-9]$/.test(document.querySelector('#cooldown').innerText.trim())")


def test_by_touch_a_tap_selects_and_place_places(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    phone, watcher = visitors(server.base, **PHONE), visitors(server.base)
    page = phone.visit(AT.format(slug))
    watcher.visit(AT.format(slug))
    page.locator("#palette [role=radio], #palette input").nth(3).tap(force=True)
    page.touchscreen.tap(*phone.where(10, 10))
    assert page.evaluate("window.placesite.state().selected") == {"x": 10, "y": 10}
    assert watcher.cell(10, 10) == 0
    page.locator("#place").tap()
    watcher.sees(10, 10, 3)


def test_dragging_moves_the_board_and_never_places(play, slug, visitors):
    play.board(slug, width=40, height=30, cooldown=0)
    server = play.start()
    one = visitors(server.base)
    page = one.visit(AT.format(slug))
    one.choose(7)
    before = one.where(10, 10)
    page.mouse.move(*before)
    page.mouse.down()
    page.mouse.move(before[0] + 60, before[1] + 40, steps=8)
    page.mouse.up()
    after = one.where(10, 10)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((60, 40), abs=25)
    assert page.evaluate("window.placesite.state().pending") is None
    assert page.evaluate(f"fetch('/api/boards/{slug}').then(r => r.json()).then(b => b.seq)") == 0


def test_the_whole_game_works_by_keyboard(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one, watcher = visitors(server.base), visitors(server.base)
    page = one.visit(AT.format(slug))
    watcher.visit(AT.format(slug))
    page.locator("#board").focus()
    page.keyboard.press("4")
    page.wait_for_timeout(1500)  # a second digit could follow
    page.keyboard.press("ArrowRight")
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    cell = page.evaluate("window.placesite.state().selected")
    color = page.evaluate("window.placesite.state().color")
    page.keyboard.press("Enter")
    watcher.sees(cell["x"], cell["y"], color)
    assert color != 0
    assert page.locator("#announcer").inner_text() != ""


def test_a_reset_turns_open_pages_blank_within_seconds(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one = visitors(server.base)
    one.visit(AT.format(slug))
    one.place(10, 10, 7)
    one.sees(10, 10, 7)
    play.manage("reset_board", slug, "--yes")
    one.sees(10, 10, 0)
    one.connection("live")


def test_a_board_that_differs_from_its_checksum_is_fetched_again(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start(HEARTBEAT_SECONDS="1")
    one = visitors(server.base)
    page = one.visit(AT.format(slug))
    page.evaluate("window.placesite.state().cells.cells[5] = 9")
    one.sees(5, 0, 0)
    one.connection("live")


def test_who_placed_a_pixel_is_told(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one, two = visitors(server.base), visitors(server.base)
    one.visit(AT.format(slug))
    one.place(10, 10, 7)
    one.sees(10, 10, 7)
    name = one.page.evaluate("window.placesite.state().player.name")
    page = two.visit(AT.format(slug))
    two.click(10, 10)
    page.wait_for_function("(name) => document.querySelector('#pixel-info').innerText.includes(name)", arg=name)


def test_an_unknown_board_says_so(play, visitors):
    server = play.start()
    one = visitors(server.base)
    response = one.page.goto(server.base + "/b/nowhere/")
    assert response.status == 404
    assert "nowhere" in one.page.locator("body").inner_text()


def test_nothing_is_asked_of_a_third_party_and_nothing_breaks_the_policy(play, slug, visitors):
    play.board(slug, width=40, height=30)
    server = play.start()
    one = visitors(server.base)
    asked, said = [], []
    one.page.on("request", lambda request: asked.append(request.url))
    one.page.on("console", lambda message: said.append(message.text))
    one.visit(AT.format(slug))
    scripts = [url for url in asked if url.endswith(".js")]
    assert len(scripts) > 20
    # main.js and every module it imports have a hash in their names: /static/js/x/y.0123456789ab.js
    assert all(len(url.rsplit("/", 1)[1].split(".")) == 3 for url in scripts)
    assert all(url.startswith((server.base, server.base.replace("http", "ws"), "data:", "blob:")) for url in asked)
    assert [line for line in said if "Content Security Policy" in line or "Refused" in line] == []
    one.page.goto(server.base + "/api/docs")
    one.page.get_by_text("Place a pixel", exact=True).wait_for()
    assert [line for line in said if "Content Security Policy" in line or "Refused" in line] == []


def test_a_moderators_change_in_admin_reaches_open_pages_at_once(play, slug, visitors):
    play.board(slug, width=40, height=30)
    play.env |= {"DJANGO_SUPERUSER_PASSWORD": "correct horse battery"}
    play.manage("createsuperuser", "--noinput", "--username", "mod", "--email", "mod@example.org")
    server = play.start()
    one, moderator = visitors(server.base), visitors(server.base)
    page = one.visit(AT.format(slug))
    admin = moderator.page
    admin.goto(server.base + "/admin/")
    admin.fill("#id_username", "mod")
    admin.fill("#id_password", "correct horse battery")
    admin.click("[type=submit]")
    admin.goto(server.base + "/admin/canvas/board/")
    admin.get_by_role("link", name=slug).first.click()
    admin.fill("#id_cooldown", "7")
    admin.select_option("#id_state", "frozen")
    admin.click("[name=_save]")
    admin.wait_for_selector(".success")
    page.wait_for_function("() => window.placesite.state().board.state === 'frozen'", timeout=3000)
    assert page.evaluate("window.placesite.state().board.cooldown") == 7
    assert "frozen" in page.locator("#board-state").inner_text().lower()
