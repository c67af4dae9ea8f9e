// Package porcupine decides with Porcupine, as a competitor and as a cross-check, and draws its
// picture.
//
//   - porcupine.go: the engine; visualize.go: the picture
package porcupine
