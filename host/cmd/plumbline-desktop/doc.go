// Command plumbline-desktop is the window: the same screens and the same API as
// the agent's, through the asset server of the window, so that no port is open.
//
// It embeds the host, or becomes a window onto the agent that already owns
// the data directory. While it embeds the host it serves the socket too, so
// that the command line works beside it.
//
// The program needs GTK and WebKit and is built with the tag desktop; without
// it only a note is built, so that ./... needs neither.
package main
