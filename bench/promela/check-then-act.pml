/* check-then-act at statement granularity: N clients, one row. Each statement is one step, and so is each commit.
 * The claim is mutual exclusion: `owning` is how many clients believe that they own the row. */
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
	bit mine;
	do
	:: d_step { owner != 0 -> skip }			/* SELECT: somebody owns it, idle again */
	:: d_step { owner == 0 -> skip };			/* SELECT: free */
	   LOCK_ROW(rowLocked = 1);		/* UPDATE, or wait for the row lock */
	   d_step { owner = _pid + 1; rowLocked = 0; owning++; assert(owning <= 1) };	/* its commit */
	   d_step { owning-- };					/* release: believes no longer */
	   LOCK_ROW(mine = (owner == _pid + 1); rowLocked = mine);	/* UPDATE … AND locked_by = me */
	   d_step { if :: mine -> owner = 0; rowLocked = 0 :: else fi; mine = 0 }	/* its commit */
	od
}
