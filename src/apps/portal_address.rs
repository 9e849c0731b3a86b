//! The portal's own address.

use super::{Apps, AppsError, Attempt};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change};
use crate::model::PortalAddress;
use crate::op::Op;
use crate::store::{StoreError, portal_addresses as rows};

/// What an address is to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressedPortal {
    /// The portal is there.
    Here,
    /// It was there, and is elsewhere.
    Moved(PortalAddress),
}

impl Apps {
    /// The portal's addresses, its own first; none: it has none of its own.
    ///
    /// # Errors
    /// The store's.
    pub async fn portal_addresses(&self) -> Result<Vec<PortalAddress>, StoreError> {
        self.store.read(rows::all).await
    }

    /// What a path is to the portal; none when it is nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn portal_at(&self, path: &str) -> Result<Option<AddressedPortal>, StoreError> {
        let Ok(wanted) = PortalAddress::parse(path) else {
            return Ok(None);
        };
        let all = self.portal_addresses().await?;
        Ok(match all.iter().position(|address| *address == wanted) {
            None => None,
            Some(0) => Some(AddressedPortal::Here),
            Some(_) => all.into_iter().next().map(AddressedPortal::Moved),
        })
    }

    /// Gives the portal an address; former ones lead to it.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn set_portal_address(
        &self,
        op: &Op,
        address: &PortalAddress,
    ) -> Result<(), AppsError> {
        let event = AuditEvent::PortalAddressSet {
            before: self.portal_addresses().await?.into_iter().next(),
            after: address.clone(),
        };
        let (address, now) = (address.clone(), op.now);
        let asked = Asked::of(Change::PortalAddress);
        self.commit(op, (asked, &event), move |txn| {
            rows::put(txn, &address, now)?;
            Ok(Attempt::Done)
        })
        .await
        .map(drop)
    }
}
