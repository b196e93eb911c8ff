// Command plumbline-desktop is the window. It shows the agent's screens and serves
// its API through the window's asset server, so it opens no port.
//
// It opens the host in this process, or uses the agent that already owns the data
// directory. With a host of its own it serves the socket too, so that the command
// line works beside it. While it is open the data may go from the one to the other: the
// switch "Keep syncing in the background" hands it to a service of the person.
//
// The page asks the program for little (Shell): a dialog for a file, a file to be saved,
// that switch, and to keep where the window is. The program tells the page what a menu, a
// link or a notice asks for: an event "menu" with a word and what it is about.
//
// The program needs GTK and WebKit and is built with the tag desktop. Without the
// tag only a note is built, so that ./... needs neither.
package main
