package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

const (
	uniqueRegister    = "register, unique values"
	repeatingRegister = "register, values 0-4"
	versionedRegister = "versioned register, values 0-4"
	wholeList         = "list"
	storeOfLists      = "store of 100 lists, 4 operations a transaction"
)

// kind is an object, how it is wronged, and how each checker knows it.
type kind struct {
	name string
	// make returns the object for the history of a row.
	make func(w row) subject
	// plant makes the history wrong, for certain, about operation from. It returns false
	// where it finds no place.
	plant func(ops []history.Op, from int) bool
	// pauses is whether the requests of the number late and the next one are carried out
	// alone.
	pauses bool
	senkei checker.Keyed
	// model is Porcupine's, and translate puts an operation into its form; false leaves
	// out one that says nothing.
	model     func() porcupine.Model
	translate func(op history.Op) (in, out any, ok bool)
}

var kinds = []kind{
	{
		name:   uniqueRegister,
		make:   func(row) subject { return &register{} },
		plant:  plantStaleRead,
		senkei: linearizable.Of(models.Register{}),
		model:  registerModel, translate: registerCall,
	},
	{
		name:   repeatingRegister,
		make:   func(w row) subject { return &repeating{script: late(w.Operations)} },
		plant:  plantReadOfZero,
		pauses: true,
		senkei: linearizable.Of(models.Register{}),
		model:  registerModel, translate: registerCall,
	},
	{
		name:   "FIFO queue",
		make:   func(row) subject { return &queue{} },
		plant:  plantOvertaking,
		senkei: linearizable.Of(models.FIFOQueue{}),
		model:  fifoModel, translate: queueCall,
	},
	{
		name:   "unordered queue",
		make:   func(row) subject { return &queue{unordered: true} },
		plant:  plantSecondDequeue,
		senkei: linearizable.Of(models.UnorderedQueue{}),
		model:  unorderedModel, translate: queueCall,
	},
	{
		name:   "set",
		make:   func(row) subject { return &set{} },
		plant:  plantLoss,
		senkei: linearizable.Of(models.Set{}),
		model:  setModel, translate: setCall,
	},
	{
		name:   "store of 5 keys",
		make:   func(row) subject { return &store{} },
		plant:  plantStaleTransaction,
		senkei: linearizable.Of(models.Store{}),
		model:  storeModel, translate: storeCall,
	},
	{
		name:   versionedRegister,
		make:   func(row) subject { return &versioned{} },
		plant:  plantStaleRevision,
		senkei: linearizable.Of(models.VersionedRegister{}),
		model:  versionedModel, translate: versionedCall,
	},
	{
		name:   wholeList,
		make:   func(row) subject { return &lists{} },
		plant:  plantStaleList,
		senkei: linearizable.Of(models.List{}),
		model:  listModel, translate: listCall,
	},
	{
		name:   storeOfLists,
		make:   func(row) subject { return &lists{inStore: true} },
		plant:  plantStaleListOfStore,
		senkei: linearizable.Of(models.Store{}),
		model:  listsModel, translate: listsCall,
	},
}

func kindOf(name string) (kind, error) {
	for _, k := range kinds {
		if k.name == name {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("there is no object %q", name)
}
