// Package projection is the model of a cell of which one question is asked: does it hold a
// certain value?
package projection
