//go:build desktop

package main

import (
	"context"
	"runtime"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	window "github.com/wailsapp/wails/v2/pkg/runtime"
)

// onMac is whether the system has an application menu and one for editing of its own.
const onMac = runtime.GOOS == "darwin"

// menus returns the menu bar. A key of it never reaches the page, so none is one of the
// page's, which has single letters, Ctrl K, Enter, Escape, Space and the arrows. The keys
// for editing are the web view's own on Linux and Windows: a menu that took them would
// take them from every field.
func (s *Shell) menus() *menu.Menu {
	if onMac {
		return menu.NewMenuFromItems(menu.AppMenu(), menu.EditMenu(), s.viewMenu(), s.goMenu(), menu.WindowMenu(), s.helpMenu())
	}
	return menu.NewMenuFromItems(s.appMenu(), s.editMenu(), s.viewMenu(), s.goMenu(), s.helpMenu())
}

// say has the page do what a menu item is for.
func (s *Shell) say(words ...any) menu.Callback {
	return s.does(func(ctx context.Context) { window.EventsEmit(ctx, "menu", words...) })
}

// does is the callback of an item that needs the window, whose page may still be loading.
func (s *Shell) does(what func(ctx context.Context)) menu.Callback {
	return func(*menu.CallbackData) {
		if ctx, ready := s.window(); ready {
			what(ctx)
		}
	}
}

func (s *Shell) appMenu() *menu.MenuItem {
	m := menu.NewMenu()
	m.AddText("Settings", keys.CmdOrCtrl(","), s.say("go", "/settings"))
	m.AddSeparator()
	m.AddText("Quit", keys.CmdOrCtrl("q"), s.does(window.Quit))
	return menu.SubMenu("Plumbline", m)
}

func (s *Shell) editMenu() *menu.MenuItem {
	m := menu.NewMenu()
	m.AddText("Undo", nil, s.say("undo"))
	m.AddText("Redo", nil, s.say("redo"))
	m.AddSeparator()
	m.AddText("Cut", nil, s.say("cut"))
	m.AddText("Copy", nil, s.say("copy"))
	m.AddText("Paste", nil, s.say("paste"))
	m.AddText("Select All", nil, s.say("selectAll"))
	return menu.SubMenu("Edit", m)
}

func (s *Shell) viewMenu() *menu.MenuItem {
	theme := menu.NewMenu()
	theme.AddText("Light", nil, s.say("theme", "light"))
	theme.AddText("Dark", nil, s.say("theme", "dark"))
	theme.AddText("Same as the System", nil, s.say("theme", "system"))
	zoom := func(percent int) menu.Callback { return s.does(func(ctx context.Context) { s.zoomBy(ctx, percent) }) }
	m := menu.NewMenu()
	m.AddText("Reload", keys.CmdOrCtrl("r"), s.does(window.WindowReload))
	m.AddSeparator()
	m.AddText("Actual Size", keys.CmdOrCtrl("0"), zoom(0))
	m.AddText("Zoom In", keys.CmdOrCtrl("="), zoom(10))
	m.AddText("Zoom Out", keys.CmdOrCtrl("-"), zoom(-10))
	m.AddSeparator()
	m.Append(menu.SubMenu("Theme", theme))
	m.AddSeparator()
	m.AddText("Full Screen", keys.Key("f11"), s.does(func(ctx context.Context) {
		if window.WindowIsFullscreen(ctx) {
			window.WindowUnfullscreen(ctx)
		} else {
			window.WindowFullscreen(ctx)
		}
	}))
	return menu.SubMenu("View", m)
}

// goMenu leads to the places of the navigation, in its order.
func (s *Shell) goMenu() *menu.MenuItem {
	m := menu.NewMenu()
	m.AddText("Back", keys.CmdOrCtrl("["), s.say("back"))
	m.AddText("Forward", keys.CmdOrCtrl("]"), s.say("forward"))
	m.AddText("Search and Commands", nil, s.say("palette"))
	m.AddSeparator()
	for i, place := range []struct{ title, route string }{
		{"Home", "/"},
		{"Connections", "/connections"},
		{"Available Connections", "/connections/available"},
		{"Accounts", "/accounts"},
		{"Changes", "/changes"},
		{"Activity", "/activity"},
		{"Backup", "/backup"},
	} {
		m.AddText(place.title, keys.CmdOrCtrl(string(rune('1'+i))), s.say("go", place.route))
	}
	if onMac {
		m.AddText("Settings", keys.CmdOrCtrl(","), s.say("go", "/settings"))
	}
	return menu.SubMenu("Go", m)
}

func (s *Shell) helpMenu() *menu.MenuItem {
	m := menu.NewMenu()
	m.AddText("Documentation", keys.Key("f1"), s.does(s.openGuide))
	m.AddText("Keyboard Shortcuts", nil, s.say("keys"))
	m.AddText("Doctor", nil, s.say("go", "/doctor"))
	m.AddSeparator()
	m.AddText("About Plumbline", nil, s.does(s.about))
	return menu.SubMenu("Help", m)
}
