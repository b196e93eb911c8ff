package desktop_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

func place(x, y, width, height int) desktop.Place {
	return desktop.Place{Size: desktop.Size{Width: width, Height: height}, X: x, Y: y, Known: true, Zoom: 100}
}

func TestThePlaceIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if first := desktop.ReadPlace(dir); first.Known || first.Width != 1280 || first.Height != 840 {
		t.Errorf("a window that was never open is at %+v", first)
	}
	want := place(30, 40, 900, 700)
	want.Maximised = true
	if err := desktop.WritePlace(dir, want); err != nil {
		t.Fatal(err)
	}
	if got := desktop.ReadPlace(dir); got != want {
		t.Errorf("it is at %+v, not %+v", got, want)
	}
}

func TestAPlaceThatCannotBeReadIsTheFirst(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty": "", "cut off": `{"width":90`, "no size": `{"x":3,"y":4,"known":true}`, "negative": `{"width":-5,"height":-5}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "window.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := desktop.ReadPlace(dir); got.Known || got.Width != 1280 {
			t.Errorf("%s: it is at %+v", name, got)
		}
	}
}

func TestAZoomIsUsable(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]int{"": 100, `,"zoom":0`: 100, `,"zoom":120`: 120, `,"zoom":-5`: 50, `,"zoom":9000`: 300} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "window.json"), []byte(`{"width":900,"height":700`+kept+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := desktop.ReadPlace(dir).Zoom; got != want {
			t.Errorf("%s is a zoom of %d %%, not of %d %%", kept, got, want)
		}
	}
}

func TestAPlaceIsMended(t *testing.T) {
	t.Parallel()
	screen := desktop.Size{Width: 1400, Height: 900}
	for name, c := range map[string]struct{ kept, want desktop.Place }{
		"fits":              {place(30, 40, 900, 700), place(30, 40, 900, 700)},
		"of a screen right": {place(2100, 40, 900, 700), place(500, 40, 900, 700)},
		"of a screen left":  {place(-1800, 40, 900, 700), place(0, 40, 900, 700)},
		"above":             {place(30, -400, 900, 700), place(30, 0, 900, 700)},
		"below":             {place(30, 890, 900, 700), place(30, 200, 900, 700)},
		"larger":            {place(30, 40, 3000, 2000), place(0, 0, 1400, 900)},
		"too small":         {place(30, 40, 5, 5), place(30, 40, 380, 480)},
	} {
		if got := c.kept.On(screen); got != c.want {
			t.Errorf("%s: it is mended to %+v, not %+v", name, got, c.want)
		}
	}
	far := place(2100, 40, 900, 700)
	if got := far.On(desktop.Size{}); got != far {
		t.Errorf("on an unknown screen it moved to %+v", got)
	}
}

func TestAMaximisedWindowKeepsThePlaceItGoesBackTo(t *testing.T) {
	t.Parallel()
	kept := place(30, 40, 900, 700)
	whole := place(0, 0, 1400, 900)
	whole.Maximised = true
	after := kept.After(whole)
	if !after.Maximised || after.Width != 900 || after.X != 30 {
		t.Errorf("maximised it is at %+v", after)
	}
	if after = after.After(place(10, 20, 800, 600)); after.Maximised || after.Width != 800 || !after.Known {
		t.Errorf("as a window again it is at %+v", after)
	}
}
