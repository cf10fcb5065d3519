/* select-for-update at statement granularity: the row is locked from the look on until the transaction ends. */
#ifndef N
#define N 2
#endif

byte owner = 0;		/* locked_by: 0 is NULL, i + 1 is client i */
bit rowLocked = 0;
byte owning = 0;

/* A statement that needs the row takes its lock, or is sent and waits: that is a state of its own. */
#define LOCK_ROW(action) \
	if :: d_step { !rowLocked -> action } :: rowLocked; d_step { !rowLocked -> action } fi

active [N] proctype client()
{
	do
	:: skip;						/* BEGIN */
	   LOCK_ROW(rowLocked = 1);		/* SELECT … FOR UPDATE, or wait for the row lock */
	   if
	   :: d_step { owner != 0 -> rowLocked = 0 }		/* ROLLBACK */
	   :: owner == 0;					/* UPDATE */
	      d_step { owner = _pid + 1; rowLocked = 0; owning++; assert(owning <= 1) };	/* COMMIT */
	      d_step { owning-- };				/* release: believes no longer */
	      LOCK_ROW(rowLocked = 1);		/* UPDATE … SET locked_by = NULL */
	      d_step { owner = 0; rowLocked = 0 }		/* its commit */
	   fi
	od
}
