package desktop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// Size is a width and a height, in pixels of the system's coordinates.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Smallest is the size below which the screens are not laid out.
var Smallest = Size{380, 480}

// Place is where the window was when it was last a window of its own size.
type Place struct {
	Size
	X         int  `json:"x"` // from the left of its screen
	Y         int  `json:"y"`
	Known     bool `json:"known"` // whether X and Y are; the system centres a new window
	Maximised bool `json:"maximised"`
	Zoom      int  `json:"zoom"` // of the page, in percent
}

// initial is the place of a window that was never open.
var initial = Place{Size: Size{1280, 840}, Zoom: 100}

// placeFile is where the place is kept, in the data directory. Losing it loses nothing.
const placeFile = "window.json"

// ReadPlace returns where the window of the data directory dir was. A file that is missing
// or cannot be read is a window that was never open.
func ReadPlace(dir string) Place {
	raw, err := os.ReadFile(filepath.Join(dir, placeFile))
	if err != nil {
		return initial
	}
	var p Place
	if json.Unmarshal(raw, &p) != nil || p.Width < 1 || p.Height < 1 {
		return initial
	}
	p.Width, p.Height = max(p.Width, Smallest.Width), max(p.Height, Smallest.Height)
	if p.Zoom == 0 {
		p.Zoom = initial.Zoom
	}
	p.Zoom = Zoomed(p.Zoom)
	return p
}

// Zoomed returns the zoom, in percent, nearest to this one at which a page can be used.
func Zoomed(percent int) int { return min(max(percent, 50), 300) }

// WritePlace keeps where the window of dir is.
func WritePlace(dir string, p Place) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode place of the window: %w", err)
	}
	if err := durable.WriteBytes(filepath.Join(dir, placeFile), 0o600, raw); err != nil {
		return fmt.Errorf("write place of the window: %w", err)
	}
	return nil
}

// On returns the place as it fits on a screen: no larger than the screen, and with all of
// it on the screen, because a window whose title bar is outside cannot be moved back. A
// screen of no size is unknown and changes nothing.
func (p Place) On(screen Size) Place {
	if screen.Width < 1 || screen.Height < 1 {
		return p
	}
	p.Width = max(min(p.Width, screen.Width), min(Smallest.Width, screen.Width))
	p.Height = max(min(p.Height, screen.Height), min(Smallest.Height, screen.Height))
	p.X = min(max(p.X, 0), screen.Width-p.Width)
	p.Y = min(max(p.Y, 0), screen.Height-p.Height)
	return p
}

// After returns the place once the window was seen at now. A maximised window keeps the
// place that it goes back to.
func (p Place) After(now Place) Place {
	if now.Maximised {
		p.Maximised = true
		return p
	}
	now.Known, now.Zoom = true, p.Zoom
	return now
}
