// Command plumbline-desktop is the window. It shows the agent's screens and serves
// its API through the window's asset server, so it opens no port.
//
// It opens the host in this process, or uses the agent that already owns the data
// directory. With a host of its own it serves the socket too, so that the command
// line works beside it.
//
// The program needs GTK and WebKit and is built with the tag desktop. Without the
// tag only a note is built, so that ./... needs neither.
package main
