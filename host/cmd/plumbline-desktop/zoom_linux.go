//go:build desktop

package main

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

static void zoomed(GtkWidget *widget, gpointer percent) {
	if (WEBKIT_IS_WEB_VIEW(widget))
		webkit_web_view_set_zoom_level(WEBKIT_WEB_VIEW(widget), GPOINTER_TO_INT(percent) / 100.0);
	else if (GTK_IS_CONTAINER(widget))
		gtk_container_forall(GTK_CONTAINER(widget), zoomed, percent);
}

static gboolean zoomAll(gpointer percent) {
	GList *windows = gtk_window_list_toplevels();
	for (GList *w = windows; w; w = w->next)
		zoomed(GTK_WIDGET(w->data), percent);
	g_list_free(windows);
	return G_SOURCE_REMOVE;
}

static void zoom(int percent) { g_idle_add(zoomAll, GINT_TO_POINTER(percent)); }
*/
import "C"

import "context"

// setZoom shows the page at a percentage of its size. Wails has no call for that, so it
// asks the web view itself, on the thread of GTK.
func setZoom(_ context.Context, percent int) { C.zoom(C.int(percent)) }
